-- name: add
INSERT INTO shop_identity (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING

-- name: all
SELECT name, value FROM shop_identity
