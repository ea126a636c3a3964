/* SPDX-License-Identifier: MIT */
#ifndef JOBFORMATS_H
#define JOBFORMATS_H

/* Built-in formats that more than one command has. */

#define JOBFORMAT_COLUMNS_TO_NAME \
	"{id.f58:>12} ?:{queue:<8.8} +:{username:<8} {name:<10.10+} "
#define JOBFORMAT_COLUMNS_TO_INFO \
	"{ntasks:>6} {nnodes:>6h} {contextual_time!F:>8h} {contextual_info}"

#define JOBFORMAT_DEFAULT         \
	JOBFORMAT_COLUMNS_TO_NAME \
	"{status_abbrev:>2.2} " JOBFORMAT_COLUMNS_TO_INFO
#define JOBFORMAT_CUTE            \
	JOBFORMAT_COLUMNS_TO_NAME \
	"{status_emoji:>5.5} " JOBFORMAT_COLUMNS_TO_INFO
#define JOBFORMAT_LONG                                    \
	JOBFORMAT_COLUMNS_TO_NAME                         \
	"{status:>9.9} {ntasks:>6} {nnodes:>6h} "         \
	"{t_submit!d:%b%d %R::>12} {t_remaining!F:>12h} " \
	"{contextual_time!F:>8h} {contextual_info}"
#define JOBFORMAT_DEPS                                             \
	"{id.f58:>12} ?:{queue:<8.8} {name:<10.10+} {urgency:<3} " \
	"{priority:<12} {state:<8.8} {dependencies}"

#endif
