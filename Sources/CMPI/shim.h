// Open MPI for Swift: its constants are macros, and of its calls only these are used. Waiting is done
// with ft_mpi_begin_… and ft_mpi_test, so that a rank can sleep where the library would spin.
#pragma once
#include <mpi.h>
#include <sys/prctl.h>
#include <time.h>

static inline int ft_mpi_init(int *provided) {
  return MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, provided);
}

static inline int ft_mpi_is_serialized(int provided) { return provided >= MPI_THREAD_SERIALIZED; }

// Errors are returned, not fatal.
static inline int ft_mpi_return_errors(void) {
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

static inline int ft_mpi_rank(int *rank) { return MPI_Comm_rank(MPI_COMM_WORLD, rank); }
static inline int ft_mpi_size(int *size) { return MPI_Comm_size(MPI_COMM_WORLD, size); }

static inline int ft_mpi_begin_barrier(MPI_Request *request) {
  return MPI_Ibarrier(MPI_COMM_WORLD, request);
}

static inline int ft_mpi_begin_broadcast(void *bytes, int count, int root, MPI_Request *request) {
  return MPI_Ibcast(bytes, count, MPI_BYTE, root, MPI_COMM_WORLD, request);
}

// The request is done, and gone, when *done is not 0.
static inline int ft_mpi_test(MPI_Request *request, int *done) {
  return MPI_Test(request, done, MPI_STATUS_IGNORE);
}

static inline int ft_mpi_sum_floats(float *values, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

static inline int ft_mpi_begin_sum_doubles(double *values, int count, MPI_Request *request) {
  return MPI_Iallreduce(
      MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD, request);
}

// Sleeps for so long, not the 50 microseconds longer that the system otherwise allows itself.
static inline void ft_mpi_nap(long nanoseconds) {
  struct timespec time = {0, nanoseconds};
  prctl(PR_SET_TIMERSLACK, 1000UL);
  nanosleep(&time, 0);
}

static inline int ft_mpi_finalize(void) { return MPI_Finalize(); }
static inline int ft_mpi_abort(int code) { return MPI_Abort(MPI_COMM_WORLD, code); }

// Writes what an error code means; the text has at most MPI_MAX_ERROR_STRING bytes.
enum { ft_mpi_error_length = MPI_MAX_ERROR_STRING };

static inline int ft_mpi_error(int code, char *text) {
  int length = 0;
  return MPI_Error_string(code, text, &length);
}
