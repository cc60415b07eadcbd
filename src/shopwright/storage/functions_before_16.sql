-- PostgreSQL 13 to 15 have no pg_input_is_valid: the cast itself is tried.
create or replace function checked.is_valid(value text, type_name text) returns boolean
language plpgsql stable parallel unsafe strict
as $$
begin
    case type_name
        when 'numeric(18,4)' then perform cast(value as numeric(18, 4));
        when 'numeric(18,8)' then perform cast(value as numeric(18, 8));
        when 'date' then perform cast(value as date);
        when 'timestamptz' then perform cast(value as timestamptz);
    end case;
    return true;
exception when data_exception then
    return false;
end
$$;
