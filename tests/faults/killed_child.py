"""A clerk's child that is killed before it says anything: see test_killed_package."""

from tests.faults.erasing import die

if __name__ == "__main__":
    die()
