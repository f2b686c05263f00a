-- name: add_sold
INSERT INTO daily_sold (day, currency, sku, tried, paid, gross, refunded)
VALUES (:day, :currency, :sku, :tried, :paid, :gross, :refunded)
ON CONFLICT (day, currency, sku) DO UPDATE
SET tried = daily_sold.tried + excluded.tried, paid = daily_sold.paid + excluded.paid,
    gross = daily_sold.gross + excluded.gross, refunded = daily_sold.refunded + excluded.refunded

-- name: add_declines
INSERT INTO daily_declines (day, code, declines) VALUES (:day, :code, :declines)
ON CONFLICT (day, code) DO UPDATE SET declines = daily_declines.declines + excluded.declines

-- name: sold_between
SELECT day, currency, sku, tried, paid, gross, refunded FROM daily_sold
WHERE day >= :first AND day <= :last
ORDER BY day, currency, sku

-- name: totals_between
SELECT '', currency, '', CAST(SUM(tried) AS BIGINT), CAST(SUM(paid) AS BIGINT), CAST(SUM(gross) AS BIGINT),
    CAST(SUM(refunded) AS BIGINT)
FROM daily_sold WHERE day >= :first AND day <= :last
GROUP BY currency ORDER BY currency

-- name: declines_between
SELECT code, CAST(SUM(declines) AS BIGINT) FROM daily_declines
WHERE day >= :first AND day <= :last
GROUP BY code ORDER BY 2 DESC, 1 LIMIT :most

-- name: by_day
SELECT day, currency, '', CAST(SUM(tried) AS BIGINT), CAST(SUM(paid) AS BIGINT), CAST(SUM(gross) AS BIGINT),
    CAST(SUM(refunded) AS BIGINT)
FROM daily_sold WHERE day >= :first AND day <= :last
GROUP BY day, currency ORDER BY day, currency

-- name: products
SELECT '', currency, sku, CAST(SUM(tried) AS BIGINT), CAST(SUM(paid) AS BIGINT) AS sold, CAST(SUM(gross) AS BIGINT),
    CAST(SUM(refunded) AS BIGINT)
FROM daily_sold WHERE day >= :first AND day <= :last AND paid > 0
GROUP BY sku, currency ORDER BY sold DESC, sku, currency LIMIT :most

-- name: median_wait
WITH waits AS MATERIALIZED (
    SELECT (julianday(paid_at) - julianday(created_at)) * 86400 AS wait FROM (
        SELECT created_at, paid_at FROM payments
        WHERE paid_at >= :since AND paid_at < :until
        ORDER BY paid_at DESC LIMIT :most))
SELECT AVG(wait) FROM (
    SELECT wait FROM waits ORDER BY wait
    LIMIT 2 - (SELECT COUNT(*) FROM waits) % 2 OFFSET (SELECT (COUNT(*) - 1) / 2 FROM waits))

-- name: median_wait @postgres
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM CAST(paid_at AS timestamptz)
    - CAST(created_at AS timestamptz))::double precision)
FROM (
    SELECT created_at, paid_at FROM payments
    WHERE paid_at >= :since AND paid_at < :until
    ORDER BY paid_at DESC LIMIT :most) AS newest
