-- name: get
SELECT value FROM marks WHERE name = :name

-- name: put
INSERT INTO marks (name, value, updated_at) VALUES (:name, :value, :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
