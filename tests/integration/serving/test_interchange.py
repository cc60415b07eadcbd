"""The metrics in other tools' formats: accepted by their own validators, and read back from the
files alone they give the figures that Shopwright gives."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlglot
import yaml
from sqlglot import exp
from tests.integration.serving.conftest import *  # noqa: F403
from typer.testing import CliRunner

from shopwright.cli import app
from shopwright.config.workspace import Workspace
from shopwright.serving.interchange.export import export_semantics
from shopwright.serving.semantic import answer
from shopwright.serving.semantic.catalog import forms, metrics
