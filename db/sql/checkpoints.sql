-- name: get
SELECT value FROM marks WHERE name = :name

-- name: put
INSERT INTO marks (name, value, updated_at) VALUES (:name, :value, :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at

-- name: add
INSERT INTO marks (name, value, updated_at) VALUES (:name, :value, :value)
ON CONFLICT (name) DO NOTHING

-- name: beginning_with
SELECT name FROM marks WHERE substr(name, 1, length(:prefix)) = :prefix ORDER BY name

-- name: remove
DELETE FROM marks WHERE name = :name
RETURNING value
