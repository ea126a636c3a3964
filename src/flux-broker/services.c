/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "exec/exec.h"
#include "history/history.h"
#include "job-info/job-info.h"
#include "job-ingest/ingest.h"
#include "job-list/job-list.h"
#include "job-manager/environments.h"
#include "job-manager/job-manager.h"
#include "kvs/kvs.h"
#include "resource/resource.h"
#include "rexec/rexec.h"
#include "sched/sched.h"
#include "services.h"
#include "store/store.h"

const struct service_entry services[] = {
	{ "store", 1, store_create, store_destroy, NULL },
	{ "environments", 1, environments_create, environments_destroy, NULL },
	{ "resource", 0, resource_create, resource_destroy, NULL },
	{ "job-manager", 1, job_manager_create, job_manager_destroy,
	    job_manager_quiesce },
	{ "job-list", 1, job_list_create, job_list_destroy, NULL },
	{ "job-info", 1, job_info_create, job_info_destroy, NULL },
	{ "sched", 1, sched_create, sched_destroy, NULL },
	{ "exec", 0, exec_create, exec_destroy, NULL },
	{ "rexec", 0, rexec_create, rexec_destroy, NULL },
	{ "job-ingest", 1, job_ingest_create, job_ingest_destroy, NULL },
	{ "kvs", 1, kvs_create, kvs_destroy, NULL },
	{ "history", 1, history_create, history_destroy, NULL },
	{ "restart", 1, job_manager_restore, store_flush, NULL },
	{ 0 },
};
