-- What differs between databases hides here: reading a text as a value, or null where it is none.
-- Declared stable, as their bodies are: an immutable wrapper is not inlined and costs tenfold.
-- The CASE stands inside the cast: a cast of a value that the planner knows is tried before any
-- CASE around it, and fails.
-- One file for PostgreSQL 16 and newer; `functions_before_16.sql` replaces `is_valid` on others.

create schema if not exists checked;

create or replace function checked.is_valid(value text, type_name text) returns boolean
language sql stable parallel safe
as $$ select pg_input_is_valid(value, type_name) $$;

-- The cast is around the case: where PostgreSQL 18 does not paste a function into the query, it
-- plans it knowing the argument, and works out a cast inside the case whatever the case says.

-- Digits, a point and a sign only: PostgreSQL would also read 1_000, 0x1F, 1e5 and NaN as numbers.
create or replace function checked.as_amount(value text) returns numeric
language sql stable parallel safe
as $$
    select cast(
        case when value !~ '[^0-9.+ -]' and checked.is_valid(value, 'numeric(18,4)') then value end
        as numeric(18, 4)
    )
$$;

create or replace function checked.as_rate(value text) returns numeric
language sql stable parallel safe
as $$
    select cast(
        case when value !~ '[^0-9.+ -]' and checked.is_valid(value, 'numeric(18,8)') then value end
        as numeric(18, 8)
    )
$$;

-- ISO dates only: 01/02/2024 is a guess, and PostgreSQL would read 'today' as a date.
create or replace function checked.as_date(value text) returns date
language sql stable parallel safe
as $$
    select cast(
        case when value like '____-__-__%' and checked.is_valid(value, 'date') then value end
        as date
    )
$$;

-- Without an offset the text is local time of the session's zone, which is the shop's.
create or replace function checked.as_timestamp(value text) returns timestamptz
language sql stable parallel safe
as $$
    select cast(
        case when value like '____-__-__%' and checked.is_valid(value, 'timestamptz') then value end
        as timestamptz
    )
$$;

-- The same for a SELECT that is done anew with the functions above where one of these fails: they
-- do without a look at whether a text is valid, which costs as much as reading it.

create or replace function checked.to_amount(value text) returns numeric
language sql stable parallel safe
as $$
    select cast(case when value <> '' and value !~ '[^0-9.+ -]' then value end as numeric(18, 4))
$$;

create or replace function checked.to_rate(value text) returns numeric
language sql stable parallel safe
as $$
    select cast(case when value <> '' and value !~ '[^0-9.+ -]' then value end as numeric(18, 8))
$$;

create or replace function checked.to_date(value text) returns date
language sql stable parallel safe
as $$ select cast(case when value like '____-__-__%' then value end as date) $$;

create or replace function checked.to_timestamp(value text) returns timestamptz
language sql stable parallel safe
as $$ select cast(case when value like '____-__-__%' then value end as timestamptz) $$;

create or replace function checked.as_boolean(value text) returns boolean
language sql immutable parallel safe
as $$
    select case
        when lower(trim(value)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(trim(value)) in ('false', 'f', 'no', 'n', '0') then false
    end
$$;

-- A text without the blanks around it; null where nothing is left. To look for a blank first costs
-- a third of trimming, and most texts have none.
create or replace function checked.as_text(value text) returns text
language sql immutable parallel safe
as $$ select nullif(case when strpos(value, ' ') > 0 then trim(value) else value end, '') $$;

-- When a state began: at the moment that its text gives, which may be unreadable; where it gives
-- none, with the day of its delivery.
create or replace function checked.begun_at(moment timestamptz, given text, delivery_date date)
returns timestamptz
language sql stable parallel safe
as $$
    select coalesce(
        moment,
        case when checked.as_text(given) is null then cast(delivery_date as timestamptz) end
    )
$$;

-- How old a customer is at a moment, in groups that sort as ages do; null where no birth is known.
create or replace function checked.age_group(birth_date date, moment timestamptz) returns text
language sql stable parallel safe
as $$
    select case width_bucket(
        cast(
            date_part('year', age(cast(moment as timestamp), cast(birth_date as timestamp))) as integer
        ),
        array[18, 25, 35, 45, 55, 65]
    )
        when 0 then '0-17' when 1 then '18-24' when 2 then '25-34' when 3 then '35-44'
        when 4 then '45-54' when 5 then '55-64' when 6 then '65+'
    end
$$;

-- An amount as its file declares to write it, the way as_amount reads it: 1.355,90 as 1355.90.
-- What is written otherwise gets a mark in front, so that nothing takes it for a number.
create or replace function checked.plain_amount(value text, decimal_mark text, thousands_mark text)
returns text
language sql immutable parallel safe
as $$
    select case
        when trim(value) = '' or coalesce(decimal_mark, thousands_mark) is null then value
        -- blanks that do not break and curved apostrophes stand between thousands too
        when translate(value, chr(160) || chr(8239) || chr(8217), '  ''') ~ (
            '^ *[+-]? *([0-9]+'
            || coalesce('|[0-9]{1,3}([' || thousands_mark || '][0-9]{3})+', '')
            || ')?([' || coalesce(decimal_mark, '.') || '][0-9]*)? *$'
        )
            then translate(
                translate(value, chr(160) || chr(8239) || chr(8217), '  '''),
                coalesce(decimal_mark, '.') || coalesce(thousands_mark, ''),
                '.'
            )
        else 'not as declared: ' || value
    end
$$;

-- A date or moment as its file declares to write it, year first as as_date and as_timestamp read
-- it. One that has the year first already stays: no declared format could mean another day by it.
create or replace function checked.plain_date(value text, pattern text, part_order integer[])
returns text
language sql immutable parallel safe
as $$
    select case
        when trim(value) = '' or value is null then value
        when value ~ pattern then (
            select
                parts[part_order[1]] || '-' || lpad(parts[part_order[2]], 2, '0')
                || '-' || lpad(parts[part_order[3]], 2, '0') || parts[4]
            from regexp_match(value, pattern) as parts
        )
        when value ~ '^ *[0-9]{4}-[0-9]{2}-[0-9]{2}' then value
        else 'not as declared: ' || value
    end
$$;

-- Whether UTF-8 was read as Windows-1252 on the way, as in `MÃ¼ller`: the first byte of a letter
-- beyond ASCII shows as one of Â Ã Ä Å Î Ï Ð Ñ (Latin, Greek, Cyrillic), È or à to ï (the rest of
-- the world), those that follow as signs that do not stand behind these inside a word.
create or replace function checked.is_garbled(value text) returns boolean
language sql immutable parallel safe
as $$
    select value ~ (
        '[ÂÃÄÅÎÏÐÑ][\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\uFFFD]'
        || '|È[˜™š›]|[à-ï][\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\uFFFD]{2}'
    )
$$;
