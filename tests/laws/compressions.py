"""Every rule of compression, and what else there is of those with a choice."""

from experiments import names

COMPRESSIONS = [
    *names("compression"),
    "sign_sgd mode=error_feedback",
    "top_k share=0.1 error_feedback=false",
    "random_k share=0.1 error_feedback=false",
    "qsgd levels=3 bucket=null",
]
