#!/bin/sh
# Indexes parts of a collection in processes of their own and merges them over an object store.
#
#   distributed-index.sh STORE OUTPUT PART.jsonl...
#
# STORE is an address that takes PUT and answers GET: a bucket of any S3-compatible store (MinIO,
# Ceph, a cloud's; add credentials through CURL_OPTIONS, such as `--aws-sigv4 aws:amz:auto:s3
# --user KEY:SECRET`, or use presigned addresses), or any web server with WebDAV's PUT.
#
# Every `index` below is a job that may run on another machine: a Kubernetes job, a Slurm array, a
# Spark or Ray task. Only the segments travel. The index is byte for byte that of one whole build,
# whoever made which part.
set -eu

woodblock=${WOODBLOCK:-woodblock}
store=${1%/}
output=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

jobs=
segments=
number=0
for part in "$@"; do
  number=$((number + 1))
  name=part-$number.wbs
  segments="$segments $store/$name"
  (
    "$woodblock" index --segment "$scratch/$name" "$part"
    # shellcheck disable=SC2086 # several options may stand in the variable
    curl --fail --silent --show-error ${CURL_OPTIONS:-} --upload-file "$scratch/$name" "$store/$name"
    rm "$scratch/$name"
  ) &
  jobs="$jobs $!"
done
for job in $jobs; do
  wait "$job"
done

# shellcheck disable=SC2086 # addresses have no spaces
"$woodblock" merge $segments --output "$output"
