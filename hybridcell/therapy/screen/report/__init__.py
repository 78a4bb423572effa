"""A screen as one HTML file that a browser shows without a network."""

from hybridcell.therapy.screen.report.document import report_page as report_page
from hybridcell.therapy.screen.report.document import write_report as write_report
