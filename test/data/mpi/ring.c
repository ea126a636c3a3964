/* SPDX-License-Identifier: MIT */
/*
 * A program as users of MPI write them: says hello, sends a token around a
 * ring, sums over all ranks. With "abort" the last rank aborts; with "spawn" it
 * asks for a further process.
 */
#include <mpi.h>
#include <stdio.h>
#include <string.h>

static int
ring(int rank, int size)
{
	int token = 0;

	if (size == 1)
		return 1;
	if (rank == 0)
		token = 1;
	else
		MPI_Recv(&token, 1, MPI_INT, rank - 1, 0, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
	if (rank > 0)
		token++;
	MPI_Send(&token, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD);
	if (rank == 0)
		MPI_Recv(&token, 1, MPI_INT, size - 1, 0, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
	return token;
}

static void
misbehave(const char *how, int rank, int size)
{
	MPI_Comm child;

	if (strcmp(how, "spawn") == 0)
		MPI_Comm_spawn("/bin/true", MPI_ARGV_NULL, 1, MPI_INFO_NULL, 0,
		    MPI_COMM_WORLD, &child, MPI_ERRCODES_IGNORE);
	if (strcmp(how, "abort") == 0 && rank == size - 1)
		MPI_Abort(MPI_COMM_WORLD, 7);
	MPI_Barrier(MPI_COMM_WORLD);
}

int
main(int argc, char **argv)
{
	int rank, size, sum, token, mine;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (argc > 1)
		misbehave(argv[1], rank, size);
	token = ring(rank, size);
	mine = rank + 1;
	MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	if (rank == 0)
		printf("ring %d sum %d\n", token, sum);
	printf("hello from %d of %d\n", rank, size);
	MPI_Finalize();
	return 0;
}
