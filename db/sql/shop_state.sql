-- name: closed_text
SELECT value FROM shop_identity WHERE name = 'closed'

-- name: close
INSERT INTO shop_identity (name, value) VALUES ('closed', :text)
ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: open
DELETE FROM shop_identity WHERE name = 'closed'
