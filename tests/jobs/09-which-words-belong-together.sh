# Word links of translations, and a page to look into the attention.
regard translate runs/base --input test.de --alignments links --output output.en
lines 20 links
grep -Eq '^[0-9]+-[0-9]+( [0-9]+-[0-9]+)*$' links
regard attend runs/base --source test.de --output page.html
grep -q '<html' page.html
regard attend runs/base --source test.de --output map.svg --line 1
grep -q '<svg' map.svg
