-- Money that is on its way, or came in under review, is not asked for once more.
-- fragment: invoices
SELECT sku, title, amount, currency, admin_id, created_at, expires_at, telegram_user_id, canceled_at,
    EXISTS (
        SELECT 1 FROM payments
        WHERE payments.telegram_user_id = invoices.telegram_user_id AND payments.sku = invoices.sku
          AND payments.status IN ('processing', 'paid', 'partially_refunded', 'refunded', 'disputed', 'review')
    ) AS is_paid
FROM invoices

-- name: get
{invoices}
WHERE sku = :sku

-- name: add
INSERT INTO invoices (sku, title, amount, currency, admin_id, created_at, expires_at)
VALUES (:sku, :title, :amount, :currency, :admin_id, :created_at, :expires_at)
ON CONFLICT (sku) DO NOTHING

-- name: claim
UPDATE invoices SET telegram_user_id = :telegram_user_id WHERE sku = :sku AND telegram_user_id IS NULL

-- name: cancel
UPDATE invoices SET canceled_at = :now WHERE sku = :sku AND canceled_at IS NULL

-- name: makers
SELECT sku, admin_id FROM invoices WHERE sku IN (SELECT value FROM json_each(:skus))

-- name: makers @postgres
SELECT sku, admin_id FROM invoices WHERE sku IN (SELECT json_array_elements_text(:skus::json))

-- name: titles
SELECT sku, title FROM invoices WHERE sku IN (SELECT value FROM json_each(:skus))

-- name: titles @postgres
SELECT sku, title FROM invoices WHERE sku IN (SELECT json_array_elements_text(:skus::json))
