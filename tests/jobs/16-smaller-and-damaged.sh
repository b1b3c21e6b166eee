# int8 translates; a damaged file is refused by name.
regard translate runs/base --input test.de --precision int8 --output small.out
lines 20 small.out
printf 'x' | dd of=runs/base/model.safetensors bs=1 seek=20000 conv=notrunc status=none
refused errors regard translate runs/base --input test.de
grep 'model.safetensors' errors
