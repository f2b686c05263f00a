-- name: add_sold
INSERT INTO daily_sold (day, currency, sku, tried, paid, gross, refunded, lost, fees)
VALUES (:day, :currency, :sku, :tried, :paid, :gross, :refunded, :lost, :fees)
ON CONFLICT (day, currency, sku) DO UPDATE
SET tried = daily_sold.tried + excluded.tried, paid = daily_sold.paid + excluded.paid,
    gross = daily_sold.gross + excluded.gross, refunded = daily_sold.refunded + excluded.refunded,
    lost = daily_sold.lost + excluded.lost, fees = daily_sold.fees + excluded.fees

-- name: add_declines
INSERT INTO daily_declines (day, code, declines) VALUES (:day, :code, :declines)
ON CONFLICT (day, code) DO UPDATE SET declines = daily_declines.declines + excluded.declines

-- fragment: sums
CAST(SUM(tried) AS BIGINT) AS tried, CAST(SUM(paid) AS BIGINT) AS paid, CAST(SUM(gross) AS BIGINT) AS gross,
    CAST(SUM(refunded) AS BIGINT) AS refunded, CAST(SUM(lost) AS BIGINT) AS lost, CAST(SUM(fees) AS BIGINT) AS fees

-- name: totals_between
SELECT '' AS day, currency, '' AS sku, {sums}
FROM daily_sold WHERE day >= :first AND day <= :last
GROUP BY currency ORDER BY currency

-- name: declines_between
SELECT code, CAST(SUM(declines) AS BIGINT) AS declines FROM daily_declines
WHERE day >= :first AND day <= :last
GROUP BY code ORDER BY 2 DESC, 1 LIMIT :most

-- name: by_day
SELECT day, currency, '' AS sku, {sums}
FROM daily_sold WHERE day >= :first AND day <= :last
GROUP BY day, currency ORDER BY day, currency

-- name: products
SELECT '' AS day, currency, sku, {sums}
FROM daily_sold WHERE day >= :first AND day <= :last AND paid > 0
GROUP BY sku, currency ORDER BY SUM(paid) DESC, sku, currency LIMIT :most

-- name: median_wait
WITH waits AS MATERIALIZED (
    SELECT (julianday(paid_at) - julianday(created_at)) * 86400 AS wait FROM (
        SELECT created_at, paid_at FROM payments
        WHERE paid_at >= :since AND paid_at < :until AND livemode = :livemode
        ORDER BY paid_at DESC LIMIT :most))
SELECT AVG(wait) AS median FROM (
    SELECT wait FROM waits ORDER BY wait
    LIMIT 2 - (SELECT COUNT(*) FROM waits) % 2 OFFSET (SELECT (COUNT(*) - 1) / 2 FROM waits))

-- name: median_wait @postgres
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM CAST(paid_at AS timestamptz)
    - CAST(created_at AS timestamptz))::double precision) AS median
FROM (
    SELECT created_at, paid_at FROM payments
    WHERE paid_at >= :since AND paid_at < :until AND livemode = :livemode
    ORDER BY paid_at DESC LIMIT :most) AS newest
