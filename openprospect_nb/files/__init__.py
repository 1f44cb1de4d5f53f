"""Files people hand in and take out: company lists, workbooks, harmless texts, whole writes."""
