// Reports: tables for the terminal, self-contained HTML pages, Rietveld figures.
#pragma once

#include <lamella/report/claims.hpp>
#include <lamella/report/html_page.hpp>
#include <lamella/report/rietveld_figure.hpp>
#include <lamella/report/table.hpp>
#include <lamella/report/vega_scripts.hpp>
