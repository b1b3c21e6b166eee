#!/usr/bin/env python3
"""Installs a tiny stand-in for the torch wheel in each of the ways of scripts/torch_index.sh.

Package indexes are folders; no network is needed. What the ways bring in reality is shown by scripts/proof.sh torch_ways.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION = "2.13.0"
NOWHERE = "http://127.0.0.1:9/"
CUDA_NEEDS = ('cuda-toolkit[cudart]==13.0.3; platform_system == "Linux"', "nvidia-cudnn-cu13==9.20")


def write_wheel(folder, name, version, files, needs=()):
    """Adds a wheel to the index `folder`, which pip reads as it reads a web page."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
    wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(place / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": wheel}.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "")
    links = "".join(f'<a href="{file.name}">{file.name}</a>\n' for file in place.glob("*.whl"))
    (place / "index.html").write_text(f"<html><body>{links}</body></html>")


class Ways(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("cpu", "cuda", "empty"):
            (self.folder / name).mkdir()
        write_wheel(self.folder / "cpu", "torch", VERSION, {"torch/lib/build.txt": "cpu"})
        write_wheel(self.folder / "cuda", "torch", VERSION, {"torch/lib/build.txt": "cuda"}, CUDA_NEEDS)
        for part in ("runtime", "cupti"):
            write_wheel(self.folder / "cuda", f"nvidia-cuda-{part}", "13.0.96", {f"nvidia/cu13/lib/{part}.txt": part})

    def install(self, own, cpu_index, **environment):
        """Returns exit code, text, and the folder that was installed into."""
        target = self.folder / "out"
        script = f"""
            cd {self.folder}
            source {ROOT}/scripts/torch_index.sh
            cpu_index={cpu_index}
            install_torch_wheel python3 library --target {target}"""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PIP_") and key != "REGARD_TORCH_INDEX"}
        clean.update(PIP_CONFIG_FILE="/dev/null", PIP_INDEX_URL=(self.folder / own).as_uri(), **environment)
        done = subprocess.run(["bash", "-euc", script], env=clean, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr, target

    def check(self, result, build, words, has_runtime=False):
        code, text, target = result
        self.assertEqual(code, 0, text)
        self.assertEqual((target / "torch/lib/build.txt").read_text(), build)
        self.assertIn(words, text)
        self.assertEqual(len(text.splitlines()), 1, text)
        runtime = sorted(path.name for path in target.glob("nvidia/cu13/lib/*"))
        self.assertEqual(runtime, ["cupti.txt", "runtime.txt"] if has_runtime else [])

    def test_a_cpu_build_of_pips_own_index_is_taken(self):
        self.check(self.install("cpu", NOWHERE), "cpu", "CPU build of pip's own index")

    def test_where_that_has_cuda_the_cpu_index_is_taken(self):
        index = (self.folder / "cpu").as_uri()
        self.check(self.install("cuda", index), "cpu", f"CPU build of {index}")

    def test_without_the_cpu_index_the_cuda_build_and_its_runtime_are_taken(self):
        self.check(self.install("cuda", NOWHERE), "cuda", "CUDA build of PyPI", has_runtime=True)

    def test_a_given_index_is_the_only_one(self):
        given = {"REGARD_TORCH_INDEX": (self.folder / "cuda").as_uri()}
        self.check(self.install("cpu", NOWHERE, **given), "cuda", "from REGARD_TORCH_INDEX")

    def test_when_all_fail_the_way_by_hand_is_told(self):
        for given in ({}, {"REGARD_TORCH_INDEX": (self.folder / "empty").as_uri()}):
            code, text, target = self.install("empty", NOWHERE, **given)
            self.assertEqual(code, 1)
            self.assertFalse((target / "torch").exists())
            self.assertIn("torch==2.13.0", text)
            self.assertIn("Manually: ", text)


if __name__ == "__main__":
    unittest.main()
