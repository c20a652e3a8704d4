"""A field that is out of its range is refused, whatever the option: with its name, the value and the remedy."""

import pytest
from experiments import option
from refusals import refused

OUT_OF_RANGE = {
    "protocol=diloco period=0": "period: must be at least 1, got 0",
    "protocol=diloco outer_lr=0": "outer_lr: must be above 0, got 0.0",
    "protocol=diloco outer_momentum=1.1": "outer_momentum: must be at least 0 and at most 1, got 1.1",
    "protocol=async_ps n_push=0": "n_push: must be at least 1, got 0",
    "protocol=async_ps n_fetch=0": "n_fetch: must be at least 1, got 0",
    "protocol=async_ps warm_start=-1": "warm_start: must be at least 0, got -1",
    "protocol=async_easgd alpha=-0.1": "alpha: must be at least 0 and at most 1, got -0.1",
    "protocol=async_easgd alpha=1.1": "alpha: must be at least 0 and at most 1, got 1.1",
    "protocol=async_easgd period=0": "period: must be at least 1, got 0",
    "protocol=async_easgd momentum=1": "momentum: must be at least 0 and below 1, got 1.0",
    "protocol=easgd_tree alpha=1.1": "alpha: must be at least 0 and at most 1, got 1.1",
    "protocol=easgd_tree period=0": "period: must be at least 1, got 0",
    "protocol=easgd_tree fan_out=1": "fan_out: must be at least 2 and at most 100000, got 1",
    "protocol=easgd_tree period=4 upper_period=3": (
        "upper_period: must be at least 4, got 3; centres hear from workers every `period` steps"
    ),
    "protocol=gossip_pull probability=1.5": "probability: must be at least 0 and at most 1, got 1.5",
    "protocol=gossip_pull probability=-0.1": "probability: must be at least 0 and at most 1, got -0.1",
    "protocol=gossip_pull period=0": "period: must be at least 1, got 0",
    "protocol=gossip_push probability=1.5": "probability: must be at least 0 and at most 1, got 1.5",
    "protocol=gossip_push probability=-0.1": "probability: must be at least 0 and at most 1, got -0.1",
    "protocol=gossip_push period=0": "period: must be at least 1, got 0",
    "protocol=backup_sync backups=-1": "backups: must be at least 0, got -1",
    "protocol=k_sync k=0": "k: must be at least 1, got 0",
    "protocol=k_async k=0": "k: must be at least 1, got 0",
    "protocol=k_batch_sync k=0": "k: must be at least 1, got 0",
    "protocol=k_batch_async k=0": "k: must be at least 1, got 0",
    "protocol=rennala k=0": "k: must be at least 1, got 0",
    "protocol=ringmaster threshold=0": "threshold: must be at least 1, got 0",
    "protocol=local_sgd period=0": "period: must be at least 1, got 0",
    "protocol=local_sgd switch_updates=-1": "switch_updates: must be at least 0, got -1",
    "protocol=sgp overlap=-1": (
        "overlap: must be at least 0, got -1; give how many iterations late a message may be mixed in"
    ),
    "protocol=sandblaster history=0": "history: must be at least 1 and at most 1000, got 0",
    "protocol=sandblaster history=1001": "history: must be at least 1 and at most 1000, got 1001",
    "protocol=sandblaster portions=0": "portions: must be at least 1 and at most 10000000, got 0",
    "protocol=ssp slack=-1": "slack: must be at least 0, got -1",
    "protocol=softsync n=0": "n: must be at least 1, got 0",
    "protocol=allreduce bucket_bytes=-1": "bucket_bytes: must be at least 0, got -1.0; give B, or null for one bucket",
    "protocol=allreduce first_bucket_bytes=-1": (
        "first_bucket_bytes: must be at least 0, got -1.0; give B, or null for that of DDP"
    ),
    "protocol=allreduce fusion_bytes=-1": (
        "fusion_bytes: must be at least 0, got -1.0; give B, or 0 for each tensor by itself"
    ),
    "protocol=allreduce cycle_seconds=0": (
        "cycle_seconds: must be above 0, got 0.0; give the seconds from one sending to the next"
    ),
    "protocol=allreduce weight_noise=-0.1": (
        "weight_noise: must be at least 0, got -0.1; give a standard deviation, or 0 for none"
    ),
    "workload=resnet50 accumulation=0": "accumulation: must be at least 1 and at most 100000, got 0",
    "workload=bert_base tokens=513": "tokens: must be at least 1 and at most 512, got 513",
    "workload=bert_large tokens=0": "tokens: must be at least 1 and at most 512, got 0",
    "workload=gpt2_xl tokens=1025": "tokens: must be at least 1 and at most 1024, got 1025",
    "workload=gpt_small tokens=0": "tokens: must be at least 1 and at most 2048, got 0",
    "workload=transformer_xl tokens=4097": "tokens: must be at least 1 and at most 4096, got 4097",
    "workload=file flops_per_sample=-1": "flops_per_sample: must be at least 0, got -1.0",
    "workload=file samples=0": "samples: must be at least 1, got 0",
    "device=v100 memory_bytes=0": "memory_bytes: must be above 0, got 0.0; give B, or null for no check",
    "server=fan_out=1": "fan_out: must be at least 2 and at most 100000, got 1",
    "lr_schedule=warmup warmup=-1": "warmup: must be at least 0, got -1.0",
    "lr_schedule=warmup start=-0.1": "start: must be at least 0, got -0.1",
    "lr_schedule=step milestones=[0]": "milestones: must be above 0, got 0.0",
    "lr_schedule=step milestones=[3,2]": "milestones: must increase, got [3.0, 2.0]; give each once, in order",
    "lr_schedule=step gamma=0": "gamma: must be above 0, got 0.0",
    "lr_schedule=cosine length=0": "length: must be above 0, got 0.0",
    "lr_schedule=cosine final=1.5": "final: must be at least 0 and at most 1, got 1.5",
    "lr_schedule=linear_scaling reference_batch=0": "reference_batch: must be at least 1, got 0",
    "lr_schedule=sqrt_scaling reference_batch=0": "reference_batch: must be at least 1, got 0",
    "compression=top_k share=0": (
        "share: must be above 0 and at most 1, got 0.0; give the share of the elements that is sent"
    ),
    "compression=random_k share=1.5": (
        "share: must be above 0 and at most 1, got 1.5; give the share of the elements that is sent"
    ),
    "compression=qsgd levels=0": (
        "levels: must be at least 1 and at most 1000000, got 0; give the levels other than zero"
    ),
    "compression=qsgd bucket=0": (
        "bucket: must be at least 1, got 0; give the elements that share a norm, or null for all"
    ),
    "compression=power_sgd rank=0": "rank: must be at least 1, got 0; give the number of columns of P and Q",
    "problem=none rows=[0]": "rows: must be at least 1, got 0",
    "optimizer=sgd lr=0": "lr: must be above 0, got 0.0",
    "optimizer=momentum momentum=1.5": "momentum: must be at least 0 and at most 1, got 1.5",
    "optimizer=adam beta1=1": "beta1: must be at least 0 and below 1, got 1.0",
    "optimizer=adam epsilon=0": "epsilon: must be above 0, got 0.0",
    "optimizer=adagrad epsilon=-1": "epsilon: must be above 0, got -1.0",
    "partition=dirichlet alpha=0": "alpha: must be above 0, got 0.0",
    "partition=dirichlet alpha=-1": "alpha: must be above 0, got -1.0",
    "partition=shares shares=[1,0]": "shares: must be above 0, got 0.0",
    "partition=shares cv=11": "cv: must be at least 0 and at most 10, got 11.0",
    "workload=synthetic seconds=1e-10": ("seconds: must be at least 1e-09, got 1e-10; give 0 for communication alone"),
    "partition=by_label shards_per_worker=0": "shards_per_worker: must be at least 1, got 0",
    "straggler=lognormal cv=-1": "cv: must be at least 0 and at most 100, got -1.0",
    "straggler=lognormal cv=nan": "cv: must be at least 0 and at most 100 and finite, got nan",
    "straggler=slow_node count=-1": "count: must be at least 0, got -1",
    "straggler=slow_node count=1 ranks=[3]": "count: is of the first workers, got 1 beside ranks; give one of the two",
    "straggler=slow_node ranks=[3,-1]": "ranks: must be at least 0, got -1; workers are numbered from 0",
    "straggler=slow_node ranks=[3,3]": "ranks: must be different workers, got [3, 3]; name each once",
    "straggler=bimodal ranks=[-1]": "ranks: must be at least 0, got -1; workers are numbered from 0",
    "straggler=markov ranks=[-1]": "ranks: must be at least 0, got -1; workers are numbered from 0",
    "straggler=mixed cv=-1": "cv: must be at least 0 and at most 100, got -1.0",
    "straggler=mixed worker_share=1.5": "worker_share: must be at least 0 and at most 1, got 1.5",
    "straggler=mixed step_share=nan": "step_share: must be at least 0 and at most 1 and finite, got nan",
    "straggler=mixed worker_share=0.7 step_share=0.4": (
        "step_share: 0.4 and straggler.worker_share=0.7 are more than the whole variance; give shares that add up to "
        "at most 1"
    ),
    "straggler=mixed correlation=1": "correlation: must be at least 0 and below 1, got 1.0",
    "straggler=mixed tail=pareto shape=2": (
        "shape: must be above 2, got 2.0; a tail of 2 or less has no variance to have a share of"
    ),
    "straggler=mixed shape=3": "shape: is of straggler.tail=pareto, got 3.0 with lognormal; give null",
    "straggler=lengths median=0": "median: must be above 0, got 0.0",
    "straggler=lengths cv=-1": "cv: must be at least 0 and at most 100, got -1.0",
    "straggler=lengths longest=999": (
        "longest: must be at least straggler.median=1000 and finite, got 999; give more tokens"
    ),
    "straggler=lengths quadratic_share=1.1": "quadratic_share: must be at least 0 and at most 1, got 1.1",
    "straggler=lengths samples=0": (
        "samples: must be at least 1 and at most 1000000, got 0; give the sequences of a gradient"
    ),
    "straggler=slow_node factor=0": "factor: must be above 0, got 0.0",
    "straggler=shifted_exponential shift=1.5": (
        "shift: must be at least 0 and at most 1, got 1.5; give the constant share of the mean compute time"
    ),
    "straggler=gamma cv=-1": "cv: must be at least 0 and at most 100, got -1.0",
    "straggler=gamma cv=inf": "cv: must be at least 0 and at most 100 and finite, got inf",
    "straggler=pareto shape=1": "shape: must be above 1, got 1.0; a tail of 1 or less has no mean",
    "straggler=bimodal probability=1.1": "probability: must be at least 0 and at most 1, got 1.1",
    "straggler=bimodal factor=0": "factor: must be above 0, got 0.0",
    "straggler=markov slow_share=1": "slow_share: must be at least 0 and below 1, got 1.0",
    "straggler=markov slow_share=nan": "slow_share: must be at least 0 and below 1, got nan",
    "straggler=markov factor=-2": "factor: must be above 0, got -2.0",
    "straggler=markov mean_steps=0.5": (
        "mean_steps: must be at least 1, got 0.5; give the number of gradients that the slow state lasts"
    ),
    "straggler=markov slow_share=0.8 mean_steps=2": (
        "mean_steps: must be at least slow_share / (1 - slow_share) = 4, got 2.0; "
        "the state between two slow ones lasts a gradient or more"
    ),
    "problem=digits_cnn kernel=4": "kernel: must be 3 or 5, got 4",
    "problem=digits_cnn channels=[16,0]": "channels: must be at least 1, got 0",
    "problem=digits_cnn hidden=[0]": "hidden: must be at least 1, got 0",
    "problem=digits_mlp label_noise=1.1": "label_noise: must be at least 0 and at most 1, got 1.1",
    "problem=idx_mlp classes=1 label_noise=0.1": "label_noise: needs two classes, got 1; leave it 0",
    "problem=digits_lstm hidden=[]": "hidden: must be at least 1, got 0",
    "problem=digits_lstm hidden=[0]": "hidden: must be at least 1, got 0",
    "problem=digits_lstm l2=-1": "l2: must be at least 0, got -1.0",
    "problem=digits_cnn l2=-1": "l2: must be at least 0, got -1.0",
    "problem=digits_mlp hidden=[8,-1]": "hidden: must be at least 1, got -1",
    "problem=idx_mlp classes=0": "classes: must be at least 1 and at most 256, got 0",
    "problem=idx_cnn classes=257": "classes: must be at least 1 and at most 256, got 257",
    "problem=teacher samples=0": "samples: must be at least 1 and at most 1000000, got 0",
    "problem=teacher noise=-0.1": "noise: must be at least 0, got -0.1",
    "problem=teacher data_seed=-1": "data_seed: must be at least 0, got -1",
    "collective=chain chunks=0": (
        "chunks: must be at least 1 and at most 100000, got 0; give the chunks that travel one after the other"
    ),
    "collective=double_tree chunks=0": (
        "chunks: must be at least 1 and at most 100000, got 0; give the chunks that travel one after the other"
    ),
    "collective=chain chunks=100001": (
        "chunks: must be at least 1 and at most 100000, got 100001; give the chunks that travel one after the other"
    ),
    "collective=double_tree chunks=100001": (
        "chunks: must be at least 1 and at most 100000, got 100001; give the chunks that travel one after the other"
    ),
    "collective=hierarchical group=0": (
        "group: must be at least 1, got 0; give the ranks of a machine, or null for those of the network's"
    ),
    "topology=base_graph k=0": (
        "k: must be at least 1, got 0; give the number of others that a rank talks to in a round"
    ),
    "topology=torus shape=[]": (
        "shape: must have a dimension, got none; give the ranks along each dimension, or null for a nearly square torus"
    ),
    "topology=torus shape=[4,0]": (
        "shape: must be at least 1, got 0; give the ranks along each dimension, or null for a nearly square torus"
    ),
    "topology=random_regular degree=1": (
        "degree: must be at least 2, got 1; give the number of others that each rank talks to"
    ),
    "topology=random_regular seed=-1": "seed: must be at least 0, got -1; give a whole number",
    "topology=erdos_renyi probability=1.5": (
        "probability: must be at least 0 and at most 1, got 1.5; give the probability of each edge"
    ),
    "topology=erdos_renyi seed=-1": "seed: must be at least 0, got -1; give a whole number",
    "topology=small_world degree=0": (
        "degree: must be at least 2, got 0; give the number of near neighbours on the ring"
    ),
    "topology=small_world degree=5": "degree: must be even, as many next as previous ranks, got 5; try 6",
    "topology=small_world rewire=-0.1": (
        "rewire: must be at least 0 and at most 1, got -0.1; give the share of edges that lead anywhere"
    ),
    "topology=small_world seed=-1": "seed: must be at least 0, got -1; give a whole number",
    "network=dragonfly groups=10 routers_per_group=4 global_links=2": (
        "groups: must be at most 9, got 10; "
        "4 routers of 2 global links reach 8 other groups; give more routers_per_group or global_links for more"
    ),
    "network=dragonfly groups=0": (
        "groups: must be at least 1, got 0; give the number of groups, or null for as many as needed"
    ),
    "network=dragonfly routers_per_group=0": (
        "routers_per_group: must be at least 1, got 0; give the number of routers in each group"
    ),
    "network=dragonfly routing=dimension_order": (
        "routing: must be one of minimal, valiant, ecmp, shortest, got 'dimension_order'"
    ),
    "network=fat_tree k=5": "k: must be even, got 5; try 4 or 6",
    "network=fat_tree k=0": (
        "k: must be at least 2, got 0; give the ports of one switch, or null for the fewest that are enough"
    ),
    "network=fat_tree bandwidth_gbps=0": (
        "bandwidth_gbps: must be above 0, got 0.0; give the Gb/s of one link, or choose network=ideal for no limit"
    ),
    "network=fat_tree latency_us=-1": "latency_us: must be at least 0, got -1.0; give the microseconds of one link",
    "network=fat_tree routing=valiant": "routing: must be one of ecmp, shortest, got 'valiant'",
    "network=gpu_pod gpus_per_machine=4 rails=8": (
        "rails: must be at least 1 and at most 4, got 8; "
        "give at most one network card for each of the 4 GPUs, or null for just that"
    ),
    "network=gpu_pod intra_bandwidth_gbps=0": (
        "intra_bandwidth_gbps: must be above 0, got 0.0; give the Gb/s of one GPU in its machine"
    ),
    "network=gpu_pod routing=minimal": "routing: must be one of rail, ecmp, shortest, got 'minimal'",
    "network=leaf_spine leaves=0": (
        "leaves: must be at least 1, got 0; give the number of leaf switches, or null for as many as needed"
    ),
    "network=leaf_spine spines=0": "spines: must be at least 1, got 0; give the number of spine switches",
    "network=leaf_spine hosts_per_leaf=-2": (
        "hosts_per_leaf: must be at least 1, got -2; give the number of hosts on each leaf"
    ),
    "network=leaf_spine bandwidth_gbps=nan": (
        "bandwidth_gbps: must be above 0 and finite, got nan; "
        "give the Gb/s of one link, or choose network=ideal for no limit"
    ),
    "network=leaf_spine oversubscription=0": (
        "oversubscription: must be above 0, got 0.0; give 1 for a non-blocking network, 2 for half the uplinks"
    ),
    "network=leaf_spine latency_us=-1": "latency_us: must be at least 0, got -1.0; give the microseconds of one link",
    "network=random_regular switches=4": "switches: must be at least 5, got 4; every switch is linked to 4 others",
    "network=random_regular switches=7 degree=3": (
        "switches: must be even where each is linked to 3 others, got 7; try 8"
    ),
    "network=random_regular degree=1": (
        "degree: must be at least 2, got 1; give the number of links from each switch to others"
    ),
    "network=random_regular seed=-1": "seed: must be at least 0, got -1; give a whole number",
    "network=torus shape=[]": (
        "shape: must have a dimension, got none; "
        "give the hosts along each dimension, or null for the smallest square torus"
    ),
    "network=torus shape=[4,0]": (
        "shape: must be at least 1, got 0; give the hosts along each dimension, or null for the smallest square torus"
    ),
    "network=torus routing=rail": "routing: must be one of dimension_order, ecmp, shortest, got 'rail'",
    "transport=ideal efficiency=0": (
        "efficiency: must be above 0 and at most 1, got 0.0; give the share of the line rate"
    ),
    "transport=ideal efficiency=1.5": (
        "efficiency: must be above 0 and at most 1, got 1.5; give the share of the line rate"
    ),
    "transport=ideal overhead_seconds=-1": (
        "overhead_seconds: must be at least 0, got -1.0; give the seconds per message"
    ),
    "transport=ideal flow_cap_gbps=0": (
        "flow_cap_gbps: must be above 0, got 0.0; give the Gb/s of one message, or null for no cap"
    ),
    "transport=tcp nic_cap_gbps=0": (
        "nic_cap_gbps: must be above 0, got 0.0; give the Gb/s of one card, or null for its line rate"
    ),
    "transport=tcp interference=-1": (
        "interference: must be at least 0 and at most 100, got -1.0; give the seconds lost per second"
    ),
    "network=single_switch nics=0": (
        "nics: must be at least 1 and at most 64, got 0; give the network cards of a host"
    ),
    "network=leaf_spine nics=65": ("nics: must be at least 1 and at most 64, got 65; give the network cards of a host"),
    "transport=tcp efficiency=0": "efficiency: must be above 0 and at most 1, got 0.0; give the share of the line rate",
    "transport=tcp efficiency=1.5": (
        "efficiency: must be above 0 and at most 1, got 1.5; give the share of the line rate"
    ),
    "transport=tcp overhead_seconds=-1": "overhead_seconds: must be at least 0, got -1.0; give the seconds per message",
    "transport=tcp flow_cap_gbps=0": (
        "flow_cap_gbps: must be above 0, got 0.0; give the Gb/s of one message, or null for no cap"
    ),
    "transport=rdma efficiency=0": (
        "efficiency: must be above 0 and at most 1, got 0.0; give the share of the line rate"
    ),
    "transport=rdma efficiency=1.5": (
        "efficiency: must be above 0 and at most 1, got 1.5; give the share of the line rate"
    ),
    "transport=rdma overhead_seconds=-1": (
        "overhead_seconds: must be at least 0, got -1.0; give the seconds per message"
    ),
    "transport=rdma flow_cap_gbps=0": (
        "flow_cap_gbps: must be above 0, got 0.0; give the Gb/s of one message, or null for no cap"
    ),
    "transport=grpc efficiency=0": (
        "efficiency: must be above 0 and at most 1, got 0.0; give the share of the line rate"
    ),
    "transport=grpc efficiency=1.5": (
        "efficiency: must be above 0 and at most 1, got 1.5; give the share of the line rate"
    ),
    "transport=grpc overhead_seconds=-1": (
        "overhead_seconds: must be at least 0, got -1.0; give the seconds per message"
    ),
    "transport=grpc flow_cap_gbps=0": (
        "flow_cap_gbps: must be above 0, got 0.0; give the Gb/s of one message, or null for no cap"
    ),
    "network=wan sites=0": "sites: must be at least 1, got 0; give the number of sites",
    "network=wan hosts_per_site=0": (
        "hosts_per_site: must be at least 1, got 0; "
        "give the number of hosts of each site, or null for as many as needed"
    ),
    "network=wan wan_bandwidth_gbps=-1": (
        "wan_bandwidth_gbps: must be above 0, got -1.0; give the Gb/s between two sites"
    ),
    "network=wan wan_latency_us=-1": (
        "wan_latency_us: must be at least 0, got -1.0; give the microseconds between two sites"
    ),
}


@pytest.mark.parametrize("words", OUT_OF_RANGE)
def test_a_field_out_of_range_is_refused(words):
    part, _, choice = words.partition("=")
    with refused(OUT_OF_RANGE[words]):
        option(part, choice)
