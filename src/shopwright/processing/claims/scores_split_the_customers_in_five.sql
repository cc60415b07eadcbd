-- Scores that fewer customers fall short of than two, three or four fifths of them, or one.
with combinations as (
    select
        customers.recency_score,
        customers.frequency_score,
        customers.monetary_score,
        count(*) as customer_count
    from warehouse.agg_customer_value as customers
    group by customers.recency_score, customers.frequency_score, customers.monetary_score
),

shares as (
    select
        fifths.score,
        sum(combinations.customer_count) as all_count,
        coalesce(
            sum(combinations.customer_count)
            filter (where combinations.recency_score < fifths.score),
            0
        ) as less_recent_count,
        coalesce(
            sum(combinations.customer_count)
            filter (where combinations.frequency_score < fifths.score),
            0
        ) as less_frequent_count,
        coalesce(
            sum(combinations.customer_count)
            filter (where combinations.monetary_score < fifths.score),
            0
        ) as less_worth_count
    from warehouse.agg_value_fifths as fifths
    cross join combinations
    group by fifths.score
)

select *
from shares
where 5 * least(less_recent_count, less_frequent_count, less_worth_count) < (score - 1) * all_count
