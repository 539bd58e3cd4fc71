// OpenBLAS for Swift: CBLAS, the library's own thread control and what is used of the LAPACK in it.
#pragma once
#include <cblas.h>

// Eigenvalues, ascending, and eigenvectors of a symmetric matrix. Fortran's calling convention: everything by
// address, then the lengths of the texts.
void dsyev_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
    const int *lwork, int *info, unsigned long jobz_length, unsigned long uplo_length);
