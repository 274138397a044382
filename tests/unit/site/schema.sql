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
    register varchar, area_code varchar, month date, status varchar, redelivery int
);
