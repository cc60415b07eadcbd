-- What differs between databases hides here: reading a text as a value, or null where it is none.
-- Declared stable, as their bodies are: an immutable wrapper would not be inlined and cost tenfold.
-- One file for PostgreSQL 16 and newer; `functions_before_16.sql` replaces `is_valid` on others.

create schema if not exists checked;

create or replace function checked.is_valid(value text, type_name text) returns boolean
language sql stable parallel safe
as $$ select pg_input_is_valid(value, type_name) $$;

-- Digits, a point and a sign only: PostgreSQL would also read 1_000, 0x1F, 1e5 and NaN as numbers.
create or replace function checked.as_amount(value text) returns numeric
language sql stable parallel safe
as $$
    select case
        when value !~ '[^0-9.+ -]' and checked.is_valid(value, 'numeric(18,4)')
            then cast(value as numeric(18, 4))
    end
$$;

create or replace function checked.as_rate(value text) returns numeric
language sql stable parallel safe
as $$
    select case
        when value !~ '[^0-9.+ -]' and checked.is_valid(value, 'numeric(18,8)')
            then cast(value as numeric(18, 8))
    end
$$;

-- ISO dates only: 01/02/2024 is a guess, and PostgreSQL would read 'today' as a date.
create or replace function checked.as_date(value text) returns date
language sql stable parallel safe
as $$
    select case
        when value like '____-__-__%' and checked.is_valid(value, 'date')
            then cast(value as date)
    end
$$;

-- Without an offset the text is local time of the session's zone, which is the shop's.
create or replace function checked.as_timestamp(value text) returns timestamptz
language sql stable parallel safe
as $$
    select case
        when value like '____-__-__%' and checked.is_valid(value, 'timestamptz')
            then cast(value as timestamptz)
    end
$$;

create or replace function checked.as_boolean(value text) returns boolean
language sql immutable parallel safe
as $$
    select case
        when lower(trim(value)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(trim(value)) in ('false', 'f', 'no', 'n', '0') then false
    end
$$;

-- A text without the blanks around it; null where nothing is left.
create or replace function checked.as_text(value text) returns text
language sql immutable parallel safe
as $$ select nullif(trim(value), '') $$;

-- Whether UTF-8 was read as Windows-1252 on the way, as in `MÃ¼ller`: the first byte of a letter
-- beyond ASCII shows as one of Â Ã Ä Å Î Ï Ð Ñ (Latin, Greek, Cyrillic), È or à to ï (the rest of the
-- world), those that follow as signs that do not stand behind these inside a word.
create or replace function checked.is_garbled(value text) returns boolean
language sql immutable parallel safe
as $$
    select value ~ (
        '[ÂÃÄÅÎÏÐÑ][\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\uFFFD]'
        || '|È[˜™š›]|[à-ï][\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\uFFFD]{2}'
    )
$$;
