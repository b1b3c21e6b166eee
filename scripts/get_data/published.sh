# Published facts about the corpora of get_data.sh: addresses, checksums, sizes. Sourced by it; needs $corpus.
# shellcheck shell=bash

# Public address of an archive.
public_address() {
  case "$corpus/$1" in
    multi30k/*) echo "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/$1" ;;
    # The archive of WIT3 (formerly wit3.fbk.eu/archive/2014-01/texts/de/en/de-en.tgz), as fairseq hosts it.
    iwslt14_de_en/*) echo "https://dl.fbaipublicfiles.com/fairseq/data/iwslt14/$1" ;;
    */training-parallel-nc-v9.tgz | */test-full.tgz) echo "https://www.statmt.org/wmt14/$1" ;;
    *) echo "https://www.statmt.org/wmt13/$1" ;;
  esac
}

# "ALGORITHM CHECKSUM" of a public archive, or nothing. Sources: torchtext's Multi30k of 2021, the url_checksums of
# TensorFlow Datasets (WMT training text), sacreBLEU's data sets wmt13 and wmt14/full. For the IWSLT archive none
# was found (its length at WIT3 was 19,982,877 bytes): it is judged by the integrity of the archive and the number of
# pairs.
published_checksum() {
  case "$1" in
    train.en.gz) echo md5 0065d13af80720a55ca8153d126e6627 ;;
    train.de.gz) echo md5 81ff90b99829c0cd4b1b587d394afd39 ;;
    val.en.gz) echo md5 2b69aa9253948ac9f67e94917272dd40 ;;
    val.de.gz) echo md5 6e0e229eb049e3fc99a1ef02fb2d5f91 ;;
    test_2016_flickr.en.gz) echo md5 ff2c0fcb4893a13bd73414306bc250ae ;;
    test_2016_flickr.de.gz) echo md5 efd67d314d98489b716b145475101932 ;;
    training-parallel-europarl-v7.tgz)
      echo sha256 0224c7c710c8a063dfd893b0cc0830202d61f4c75c17eb8e31836103d27d96e7 ;;
    training-parallel-commoncrawl.tgz)
      echo sha256 c7a74e2ea01ac6c920123108627e35278d4ccb5701e15428ffa34de86fa3a9e5 ;;
    training-parallel-nc-v9.tgz)
      echo sha256 cb8953f292298e6877ae433c98912b927cb0766b303f4540512ddd286c748485 ;;
    test.tgz) echo md5 48eca5d02f637af44e85186847141f67 ;;
    test-full.tgz) echo md5 a8cd784e006feb32ac6f3d9ec7eb389a ;;
  esac
}

# "LEAST MOST" pairs of a split. Exact where the number is published; the training text and IWSLT's valid depend on how
# lines are cleaned (after its own cleaning, fairseq has 160,239 + 7,283 pairs of IWSLT).
published_pairs() {
  case "$corpus/$1" in
    multi30k/train) echo 29000 29000 ;;
    multi30k/val) echo 1014 1014 ;;
    multi30k/test_2016_flickr) echo 1000 1000 ;;
    iwslt14_de_en/train) echo 160000 180000 ;;
    iwslt14_de_en/valid) echo 7000 8000 ;;
    iwslt14_de_en/test) echo 6750 6750 ;;
    wmt14_en_de/train) echo 4400000 4600000 ;;
    wmt14_en_de/valid) echo 3000 3000 ;;
    wmt14_en_de/test) echo 3003 3003 ;;
  esac
}

splits() {
  if [ "$corpus" = multi30k ]; then echo train val test_2016_flickr; else echo train valid test; fi
}
