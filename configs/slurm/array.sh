#!/usr/bin/env bash
# One screen by an array job: task 0 runs it, the others work on its shards until it is finished.
# Submit:  sbatch --export=ALL,CANDIDATES=pool.jsonl.gz,RUN=runs/large configs/slurm/array.sh
# The run folder must lie on a disk that all nodes reach and that honours locks between nodes (flock), as NFS version 4,
# BeeGFS, or Lustre mounted with `flock` do. Preempted tasks are queued again; what was finished is kept.
#SBATCH --job-name=ssbscreen
#SBATCH --array=0-31
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=ssbscreen-%A_%a.log
set -euo pipefail

RUN="${RUN:-runs/large}"
export OMP_NUM_THREADS=1

if [ "${SLURM_ARRAY_TASK_ID:-0}" -eq 0 ]; then
  ssbscreen screen ${CANDIDATES:+--candidates "$CANDIDATES"} --out "$RUN" --device cpu
else
  ssbscreen work "$RUN" --wait 3600
fi
