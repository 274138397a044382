{#
    Measures that count dated events of a register: each with the one expression that counts it, on the facts as they stand
    (int_measures__*) and on every version of them (int_revisions__events).

    name       what the entry is called; measures that two registers feed stand under one name
    register   the staged register
    key        the columns that tell its records apart within a delivering area
    day        the day of the event, a staged column or an expression; a version without one is no event
    measures   measure -> the expression that counts it
    derived    column -> expression over the staged columns, for those that `measures` names and the staged register lacks
    is_whole   delivered whole: what stands in its area's first delivery had been known before
    within     the register whose record (by `link`) says in which area the event counts

    Not here, because a version of one record does not tell it: amounts (a revision of one is a single payment), sums of weights and
    of persons, strata, and what is found by linking registers.
#}
{% macro event_counts() -%}
{%- set events = {
    'events': "count(*)",
    'events_timely': "count(*) filter (where registration_delay_days <= " ~ var('timely_days') ~ ")",
} -%}
{{ return([
    {
        'name': 'births', 'register': 'births', 'key': ['birth_no'], 'day': 'birth_date',
        'derived': {'is_timely': days_between('birth_date', 'registered_at') ~ ' <= ' ~ var('timely_days')},
        'measures': {
            'births': "count(*)",
            'births_male': "count(*) filter (where sex = 'male')",
            'births_female': "count(*) filter (where sex = 'female')",
            'births_in_policy': "count(*) filter (where policy_status = 'in_policy')",
            'births_out_of_policy': "count(*) filter (where policy_status = 'out_of_policy')",
            'births_p1': "count(*) filter (where parity = 1)",
            'births_p2': "count(*) filter (where parity = 2)",
            'births_p3plus': "count(*) filter (where parity >= 3)",
            'births_2plus': "count(*) filter (where parity >= 2)",
            'births_2plus_in_policy': "count(*) filter (where parity >= 2 and policy_status = 'in_policy')",
            'births_3plus_out_of_policy': "count(*) filter (where parity >= 3 and policy_status = 'out_of_policy')",
            'births_p1_male': "count(*) filter (where parity = 1 and sex = 'male')",
            'births_p1_female': "count(*) filter (where parity = 1 and sex = 'female')",
            'births_p2_male': "count(*) filter (where parity = 2 and sex = 'male')",
            'births_p2_female': "count(*) filter (where parity = 2 and sex = 'female')",
            'births_p3plus_male': "count(*) filter (where parity >= 3 and sex = 'male')",
            'births_p3plus_female': "count(*) filter (where parity >= 3 and sex = 'female')",
            'births_registered_timely': "count(*) filter (where is_timely)",
        },
    },
    {
        'name': 'deaths', 'register': 'deaths', 'key': ['death_no'], 'day': 'death_date',
        'measures': {
            'deaths': "count(*)",
        },
    },
    {
        'name': 'events', 'register': 'births', 'key': ['birth_no'], 'day': 'birth_date',
        'derived': {'registration_delay_days': days_between('birth_date', 'registered_at')}, 'measures': events,
    },
    {
        'name': 'events', 'register': 'deaths', 'key': ['death_no'], 'day': 'death_date',
        'derived': {'registration_delay_days': days_between('death_date', 'registered_at')}, 'measures': events,
    },
    {
        'name': 'birth_certificates', 'register': 'birth_certificates', 'key': ['certificate_no'], 'day': 'birth_date',
        'measures': {
            'births_certified': "count(*)",
        },
    },
    {
        'name': 'vaccinations', 'register': 'vaccinations', 'key': ['dose_no'], 'day': 'dose_date',
        'measures': {
            'newborns_vaccinated': "count(*)",
        },
    },
    {
        'name': 'household_entries', 'register': 'household_entries', 'key': ['entry_no'], 'day': 'entry_date',
        'measures': {
            'newborns_entered': "count(*)",
        },
    },
    {
        'name': 'marriages', 'register': 'marriages', 'key': ['registration_no'], 'day': 'event_date',
        'measures': {
            'marriages': "count(*) filter (where event_type = 'marriage')",
            'divorces': "count(*) filter (where event_type = 'divorce')",
        },
    },
    {
        'name': 'pregnancies', 'register': 'pregnancies', 'key': ['pregnancy_no'], 'day': 'first_seen_date', 'is_whole': true,
        'measures': {
            'pregnancies_registered': "count(*)",
            'pregnancies_registered_first_trimester': "count(*) filter (where " ~ days_between('lmp_date', 'first_seen_date') ~ " < 91)",
        },
    },
    {
        'name': 'pregnancy_visits', 'register': 'pregnancy_visits', 'key': ['visit_no'], 'day': 'visit_date',
        'within': 'pregnancies', 'link': 'pregnancy_no',
        'measures': {
            'pregnancy_visits': "count(*)",
        },
    },
    {
        'name': 'procedures', 'register': 'procedures', 'key': ['procedure_no'], 'day': 'procedure_date',
        'measures': {
            'procedures': "count(*)",
            'procedures_informed_choice': "count(*) filter (where informed_choice = 'yes')",
            'induced_abortions': "count(*) filter (where procedure_type in ('induced_abortion', 'labour_induction'))",
        },
    },
    {
        'name': 'procedures_due', 'register': 'procedures', 'key': ['procedure_no'], 'day': 'due_date',
        'measures': {
            'procedures_due': "count(*)",
            'procedures_timely': "count(*) filter (where procedure_date <= due_date)",
        },
    },
    {
        'name': 'procedures_followup_due', 'register': 'procedures', 'key': ['procedure_no'], 'day': 'followup_due_date',
        'measures': {
            'procedures_followup_due': "count(*)",
            'procedures_followed_up': "count(*) filter (where followup_date is not null)",
        },
    },
    {
        'name': 'health_checks', 'register': 'health_checks', 'key': ['check_no'], 'day': 'check_date',
        'measures': {
            'health_checks': "count(*)",
        },
    },
    {
        'name': 'fee_cases_decided', 'register': 'fee_cases', 'key': ['case_no'], 'day': 'decision_date', 'is_whole': true,
        'measures': {
            'fee_cases_decided': "count(*) filter (where decision_date is not null)",
        },
    },
    {
        'name': 'fee_cases_at_court', 'register': 'fee_cases', 'key': ['case_no'], 'day': 'court_applied_date', 'is_whole': true,
        'measures': {
            'fee_court_applied': "count(*)",
            'fee_court_enforced': "count(*) filter (where court_enforced_date is not null)",
        },
    },
    {
        'name': 'fee_payments', 'register': 'fee_payments', 'key': ['payment_no'], 'day': 'paid_date',
        'within': 'fee_cases', 'link': 'case_no',
        'measures': {
            'fee_payments': "count(*)",
        },
    },
    {
        'name': 'two_acts_cases', 'register': 'two_acts_cases', 'key': ['case_no'], 'day': 'filed_date', 'is_whole': true,
        'measures': {
            'two_acts_cases_filed': "count(*)",
            'two_acts_cases_closed': "count(*) filter (where closed_date is not null)",
            'two_acts_typical': "count(*) filter (where typical = 'yes')",
        },
    },
    {
        'name': 'institution_inspections', 'register': 'institution_inspections', 'key': ['inspection_no'], 'day': 'inspected_on',
        'measures': {
            'institution_inspections': "count(*)",
            'institution_inspections_passed': "count(*) filter (where passed = 'yes')",
        },
    },
    {
        'name': 'floating_population', 'register': 'floating_population', 'key': ['exchange_no'], 'day': 'due_date',
        'measures': {
            'exchange_due': "count(*)",
            'exchange_submitted_timely': "count(*) filter (where submitted_date <= due_date)",
            'floating_eligible': "count(*) filter (where free_service is not null)",
            'floating_free_served': "count(*) filter (where free_service = 'yes')",
        },
    },
    {
        'name': 'feedback_due', 'register': 'floating_population', 'key': ['exchange_no'], 'day': 'feedback_due_date',
        'measures': {
            'exchange_feedback_due': "count(*)",
            'exchange_feedback_timely': "count(*) filter (where feedback_date <= feedback_due_date)",
        },
    },
    {
        'name': 'benefits', 'register': 'benefits', 'key': ['benefit_no'], 'day': 'due_date', 'is_whole': true,
        'measures': {
            'benefits_due': "count(*)",
            'benefits_paid_in_full': "count(*) filter (where amount_paid >= amount_due)",
            'benefits_paid_timely': "count(*) filter (where paid_date <= due_date)",
        },
    },
    {
        'name': 'spot_checks', 'register': 'spot_checks', 'key': ['check_no'], 'day': 'checked_on',
        'measures': {
            'spot_fields_checked': "count(*)",
            'spot_fields_matching': "count(*) filter (where matches = 'yes')",
        },
    },
    {
        'name': 'inspections', 'register': 'inspections', 'key': ['visit_no', 'item'], 'day': 'visited_on',
        'measures': {
            'supervision_items': "count(*)",
            'supervision_items_passed': "count(*) filter (where passed = 'yes')",
        },
    },
    {
        'name': 'findings_due', 'register': 'inspections', 'key': ['visit_no', 'item'], 'day': 'rectify_by',
        'measures': {
            'findings_due': "count(*)",
            'findings_rectified_timely': "count(*) filter (where rectified_on <= rectify_by)",
        },
    },
]) }}
{%- endmacro %}

{# The measures of an entry. #}
{% macro event_measures(name) -%}
    {{ return((event_counts() | selectattr('name', 'equalto', name) | first).measures) }}
{%- endmacro %}
