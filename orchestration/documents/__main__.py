"""Write the made pages anew."""

from orchestration.documents import DOCUMENTS
from orchestration.settings import Settings

for path, made in DOCUMENTS.items():
    path.write_text(made(Settings()), encoding="utf-8")
