-- name: add
INSERT INTO audit (admin_id, action, payment_id, details, at) VALUES (:admin_id, :action, :payment_id, :details, :at)

-- fragment: entries
SELECT audit.audit_id, audit.admin_id, COALESCE(customers.name, '') AS admin_name, audit.action, audit.payment_id, audit.details, audit.at
FROM audit LEFT JOIN customers ON customers.telegram_user_id = audit.admin_id

-- name: newest
{entries}
WHERE audit.audit_id < :before
ORDER BY audit.audit_id DESC LIMIT :most

-- The second condition is the index's own.
-- name: of_payment
{entries}
WHERE audit.payment_id = :payment_id AND audit.payment_id <> ''
ORDER BY audit.audit_id
