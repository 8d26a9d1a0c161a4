"""Where a process's own cgroups are, from what /proc says."""

from __future__ import annotations

from pathlib import Path

from openglue.cgroup import LEAF, own_groups

V1 = """\
20 1 0:19 / /sys rw,relatime - sysfs sysfs rw
30 20 0:25 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
32 30 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
33 30 0:28 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
34 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
V2 = "30 20 0:25 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"


def test_v1_has_a_directory_for_each_controller() -> None:
    own = own_groups(V1, "9:name=systemd:/\n5:memory:/user/1000\n4:pids:/user\n3:cpu,cpuacct:/\n1:devices:/\n0::/\n")
    assert own[1] == {
        "memory": Path("/sys/fs/cgroup/memory/user/1000"),
        "pids": Path("/sys/fs/cgroup/pids/user"),
        "cpu": Path("/sys/fs/cgroup/cpu,cpuacct"),
    }
    assert set(own[2].values()) == {Path("/sys/fs/cgroup/unified")}


def test_v2_has_one_directory_for_all() -> None:
    own = own_groups(V2, "0::/user.slice/user-1000.slice/user@1000.service/app.slice/openglue.service\n")
    directory = Path("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/openglue.service")
    assert own == {1: {}, 2: {"memory": directory, "pids": directory, "cpu": directory}}


def test_a_service_that_has_moved_into_its_leaf_has_its_runs_beside_it() -> None:
    own = own_groups(V2, f"0::/openglue.service/{LEAF}\n")
    assert own[2]["memory"] == Path("/sys/fs/cgroup/openglue.service")


def test_a_mount_may_begin_below_the_root_as_in_containers() -> None:
    mounted = "32 30 0:27 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    assert own_groups(mounted, "5:memory:/docker/abc/mine\n")[1] == {"memory": Path("/sys/fs/cgroup/memory/mine")}
    assert own_groups(mounted, "5:memory:/docker/abc\n")[1] == {"memory": Path("/sys/fs/cgroup/memory")}


def test_groups_outside_of_what_is_mounted_are_none() -> None:
    mounted = "32 30 0:27 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    assert own_groups(mounted, "5:memory:/docker/other\n")[1] == {}
    assert own_groups(V2, "0::/../other\n")[2] == {}
    above = V2.replace(" / /sys", " /../.. /sys")
    assert own_groups(above, "0::/\n")[2] == {}
    assert own_groups("", "5:memory:/\n0::/\n") == {1: {}, 2: {}}
