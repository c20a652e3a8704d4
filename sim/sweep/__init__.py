"""A sweep: any number of runs in one folder, where nothing that is finished is lost or done again."""
