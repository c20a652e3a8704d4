"""What is measured: the columns of the table that evaluations are written to."""

#: Loss and metric of the training samples, of the test samples, the consensus distance, then the alignment and the
#: variance of the workers' gradients.
MEASURES = 7
TRAINING = 0
TEST = 2
DISTANCE = 4
ALIGNMENT = 5
