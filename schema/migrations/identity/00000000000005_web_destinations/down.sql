DROP TABLE web_destinations;
