create table dim_area (
    area_code varchar, area_level varchar, name_zh varchar, name_en varchar, parent_code varchar,
    county_code varchar, township_code varchar, valid_from date, valid_to date, successor varchar
);
create table indicator_values (
    area_code varchar, area_level varchar, indicator varchar, "window" varchar, period_end date, clock
    varchar, vintage varchar, numerator double, denominator double, value double, low double, high
    double, status varchar, numerator_shown varchar, denominator_shown varchar, protection varchar
);
create table assessments (
    scheme varchar, area_code varchar, indicator varchar, period_end date, vintage varchar, operator
    varchar, target double, target_upper double, frequency varchar, "window" varchar, value double, low
    double, high double, verdict varchar, veto boolean, reason varchar
);
create table quality_checks (
    check_id varchar, register varchar, expectation varchar, dimension varchar, severity varchar, since date,
    threshold double, sentence_zh varchar, sentence_en varchar, reason varchar
);
create table quality_results (
    register varchar, area_code varchar, month date, check_id varchar, dimension varchar, severity
    varchar, status varchar, elements bigint, unexpected bigint, observed double, threshold double
);
create table quality_alerts (
    alert varchar, check_id varchar, register varchar, area_code varchar, severity varchar, opened_month
    date, last_month date, status varchar, elements bigint, unexpected bigint
);
create table deliveries (
    register varchar, area_code varchar, month date, redelivery int, status varchar, reason varchar,
    gate varchar, rows_in bigint, rows_landed bigint, rows_unchanged bigint, rows_quarantined bigint,
    landed_at timestamp
);
create table delivery_calendar (
    register varchar, area_code varchar, month date, status varchar, redelivery int, due_on date, timeliness varchar
);
create table quality_scores (
    register varchar, area_code varchar, month date, dimension varchar, status varchar, score double, score_before double,
    checks_passed int, checks_warned int, checks_failed int, checks_not_applicable int
);
create table reporting_scores (
    area_code varchar, month date, deliveries_due int, deliveries_landed int, deliveries_judged int, deliveries_in_time int,
    completeness double, timeliness double
);
create table provisional_reasons (
    area_code varchar, month date, delivery_month date, register varchar, check_id varchar, indicator varchar, dimension varchar,
    observed double, threshold double
);
create table integrity_signals (
    method varchar, register varchar, indicator varchar, area_code varchar, month date, hits bigint, cases bigint, share double,
    expected_share double, status varchar
);
create table indicator_funnels (
    area_code varchar, area_level varchar, indicator varchar, "window" varchar, period_end date, vintage varchar,
    denominator double, value double, parent_code varchar, parent_value double, low_998 double, low_95 double,
    high_95 double, high_998 double, position varchar
);
create table measure_vintages (
    area_code varchar, area_level varchar, month date, clock varchar, measure varchar, stratum varchar, value double, shown varchar,
    protection varchar, published_in int, replaced_in int
);
create table measure_revisions (
    area_code varchar, area_level varchar, measure varchar, event_month date, vintage_month date, change varchar,
    records_added double, records_added_shown varchar, records_taken double, records_taken_shown varchar
);
create table publications (
    publication int, published_at timestamp, vintage varchar, code_version varchar, run varchar, last_landing bigint
);
create table indicator_vintages (
    area_code varchar, area_level varchar, indicator varchar, "window" varchar, period_end date, clock varchar,
    value double, status varchar, published_in int, replaced_in int
);
create table assessment_vintages (
    scheme varchar, area_code varchar, indicator varchar, period_end date, "window" varchar, verdict varchar,
    published_in int, replaced_in int
);
create table assessment_runs (
    run varchar, scheme varchar, period_end date, publication int, vintage varchar, code_version varchar, sha256 varchar,
    frozen_at timestamp, frozen_by varchar, reason varchar
);
create table sign_offs (run varchar, signed_at timestamp, signed_by varchar, reason varchar);
create table attestations (
    area_code varchar, area_level varchar, item varchar, period_end date, vintage varchar, verdict varchar, reason varchar,
    visited_on date, rectified_on date, years_met int, indicators_judged int, indicators_missed int
);
