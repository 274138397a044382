"""Who is told of alerts, and how: channels, the outbox, messages, and the process that sends them."""
