-- name: customer
SELECT telegram_user_id, language, name, username, email, email_verified_at, language_chosen
FROM customers WHERE telegram_user_id = :telegram_user_id

-- name: languages
SELECT telegram_user_id, language FROM customers
WHERE telegram_user_id IN (SELECT value FROM json_each(:telegram_user_ids))

-- name: languages @postgres
SELECT telegram_user_id, language FROM customers
WHERE telegram_user_id = ANY(ARRAY(SELECT CAST(json_array_elements_text(:telegram_user_ids::json) AS BIGINT)))

-- name: customers_by_username
SELECT telegram_user_id, name, username FROM customers WHERE lower(username) = :username
ORDER BY updated_at DESC, telegram_user_id LIMIT :most

-- name: save_customer
INSERT INTO customers (telegram_user_id, language, language_chosen, name, username, email, email_verified_at, updated_at)
VALUES (:telegram_user_id, :language, :language_chosen, :name, :username, :email, :email_verified_at, :now)
ON CONFLICT (telegram_user_id) DO UPDATE
SET language = excluded.language, language_chosen = excluded.language_chosen, name = excluded.name,
    username = excluded.username, email = excluded.email, email_verified_at = excluded.email_verified_at,
    updated_at = excluded.updated_at

-- name: delete_customer
DELETE FROM customers WHERE telegram_user_id = :telegram_user_id
