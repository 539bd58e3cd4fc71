// OpenBLAS for Swift: CBLAS, the library's own thread control and what is used of the LAPACK in it.
#pragma once
#include <cblas.h>
#include <stdlib.h>

// Builds with kernels for several processors export how they choose; others lack these.
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);

// Makes the library choose its kernels again, as if OPENBLAS_CORETYPE had been set when it was loaded.
// Nobody may be computing with it.
static inline void ft_openblas_choose(const char *core) {
  if (gotoblas_dynamic_init == NULL || gotoblas_dynamic_quit == NULL) return;
  setenv("OPENBLAS_CORETYPE", core, 0);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
}

// Ends the threads that the library started when it was loaded; a product that wants them starts them anew.
// Builds without threads lack it. Nobody may be computing with it.
__attribute__((weak)) int blas_thread_shutdown_(void);
static inline void ft_openblas_end_threads(void) {
  if (blas_thread_shutdown_ != NULL) blas_thread_shutdown_();
}

// Eigenvalues, ascending, and eigenvectors of a symmetric matrix. Fortran's calling convention: everything by
// address, then the lengths of the texts.
void dsyev_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
    const int *lwork, int *info, unsigned long jobz_length, unsigned long uplo_length);

// The Cholesky factor of a symmetric positive definite matrix, in place; status > 0 if it is not one.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, unsigned long uplo_length);

// The inverse of a triangular matrix, in place.
void dtrtri_(
    const char *uplo, const char *diag, const int *n, double *a, const int *lda, int *info,
    unsigned long uplo_length, unsigned long diag_length);
