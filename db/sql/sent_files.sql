-- name: get
SELECT file_id FROM telegram_files WHERE bot_id = :bot_id AND digest = :digest

-- name: put
INSERT INTO telegram_files (bot_id, digest, file_id) VALUES (:bot_id, :digest, :file_id)
ON CONFLICT (bot_id, digest) DO UPDATE SET file_id = excluded.file_id
