"""What DistBelief claims (Dean et al. 2012), by what it is about: parts and claims of the study `downpour`."""
