#!/usr/bin/env bash
# One screen by a Ray cluster over several nodes; Ray starts a worker again that is lost.
# Submit:  sbatch --export=ALL,CANDIDATES=pool.jsonl.gz,RUN=runs/large configs/slurm/ray.sh
# Needs `pip install 'ssbscreen[ray]'` and a disk as in array.sh. For one worker a GPU: add `#SBATCH --gpus-per-node=4`.
#SBATCH --job-name=ssbscreen-ray
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=ssbscreen-ray-%j.log
set -euo pipefail

RUN="${RUN:-runs/large}"
PORT="${PORT:-6379}"
export OMP_NUM_THREADS=1

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head="${nodes[0]}"
address="$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname --ip-address | awk '{print $1}'):$PORT"

srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
  ray start --head --port="$PORT" --num-cpus="$SLURM_CPUS_PER_TASK" --disable-usage-stats --block &
sleep 20
for node in "${nodes[@]:1}"; do
  srun --nodes=1 --ntasks=1 --nodelist="$node" --overlap \
    ray start --address="$address" --num-cpus="$SLURM_CPUS_PER_TASK" --disable-usage-stats --block &
done
sleep 20

ssbscreen screen ${CANDIDATES:+--candidates "$CANDIDATES"} --out "$RUN" --ray-address "$address"
ray stop
