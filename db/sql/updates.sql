-- name: update_seen
SELECT 1 FROM handled_updates WHERE update_id = :update_id AND handled_at >= :since

-- name: note_update
INSERT INTO handled_updates (update_id, handled_at) VALUES (:update_id, :now)
ON CONFLICT (update_id) DO UPDATE SET handled_at = excluded.handled_at

-- name: keep_update
INSERT INTO kept_updates (update_id, body, is_too_much, kept_at) VALUES (:update_id, :body, :is_too_much, :now)
ON CONFLICT (update_id) DO NOTHING

-- name: kept_updates
SELECT update_id, body, is_too_much FROM kept_updates WHERE kept_at <= :until ORDER BY kept_at, update_id LIMIT :most

-- name: drop_kept_update
DELETE FROM kept_updates WHERE update_id = :update_id
