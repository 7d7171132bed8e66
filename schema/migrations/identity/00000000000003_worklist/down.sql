DROP TABLE performed_references;
DROP TABLE performed_steps;
DROP TABLE scheduled_steps;
