# The model for other programs, and one of theirs.
regard export marian-hf runs/base hf
regard import marian-hf hf runs/back
# Their formats have no length that goes by the source, so it is given.
regard translate runs/base --max-length 40 < test.de > ours
regard translate runs/back --max-length 40 < test.de > theirs
test "$(paste ours theirs | awk -F'\t' '$1 == $2' | wc -l)" -ge 18
regard export ctranslate2 runs/base ct2
test -e ct2/model.bin
