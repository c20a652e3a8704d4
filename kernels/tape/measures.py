"""What is measured: the columns of the table that evaluations are written to."""

#: Loss and metric of the training samples, of the test samples, the consensus distance, then the moments of the
#: workers' gradients (`kernels.moments`); training loss and metric of the worker's model that is farthest away, -inf
#: where none is farther than the model that is evaluated is long; mean and largest training loss of the workers' own
#: models; the largest eigenvalue of the Hessian.
MEASURES = 14
TRAINING = 0
TEST = 2
DISTANCE = 4
ALIGNMENT = 5
FARTHEST = 9
OWN = 11
EIGENVALUE = 13
