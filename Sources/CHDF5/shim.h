// libhdf5 for Swift. Predefined types, property classes and flags are macros that call H5open();
// Swift cannot import those, so each one that is used has a function here. Functions whose
// signature differs between library versions are pinned to those of 1.10, which 1.12, 1.14 and 2.0
// still offer.
#pragma once
#define H5_USE_110_API 1
#include <hdf5.h>
#include <string.h>

static inline hid_t ft_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t ft_h5_error_stack(void) { return H5E_DEFAULT; }
static inline hid_t ft_h5_whole_space(void) { return H5S_ALL; }
static inline unsigned ft_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned ft_h5_truncate(void) { return H5F_ACC_TRUNC; }
static inline haddr_t ft_h5_undefined_address(void) { return HADDR_UNDEF; }

static inline hid_t ft_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t ft_h5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t ft_h5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t ft_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }

static inline hid_t ft_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t ft_h5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t ft_h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t ft_h5_file_float(void) { return H5T_IEEE_F32LE; }
static inline hid_t ft_h5_file_double(void) { return H5T_IEEE_F64LE; }
static inline hid_t ft_h5_file_int32(void) { return H5T_STD_I32LE; }
static inline hid_t ft_h5_file_int64(void) { return H5T_STD_I64LE; }
static inline hid_t ft_h5_c_string(void) { return H5T_C_S1; }
static inline size_t ft_h5_variable_length(void) { return H5T_VARIABLE; }

/// The kind of the link at `name` and where a hard one leads, without following it; negative on failure.
static inline int ft_h5_link_kind(hid_t location, const char *name, size_t *value_size, haddr_t *address) {
  H5L_info_t info;
  if (H5Lget_info(location, name, &info, H5P_DEFAULT) < 0) return -1;
  *value_size = info.type == H5L_TYPE_HARD ? 0 : info.u.val_size;
  *address = info.type == H5L_TYPE_HARD ? info.u.address : 0;
  return (int)info.type;
}

/// What a hard link leads to and where in the file it is; negative on failure.
static inline int ft_h5_object_kind(hid_t object, haddr_t *address) {
  H5O_info_t info;
  memset(&info, 0, sizeof info);
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
  *address = info.addr;
  return (int)info.type;
}

/// Returns something else than 0 to end the visit.
typedef int (*ft_h5_name_visitor)(const char *name, void *context);

struct ft_h5_visit {
  ft_h5_name_visitor visitor;
  void *context;
};

static inline herr_t ft_h5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
  (void)group;
  (void)info;
  struct ft_h5_visit *visit = (struct ft_h5_visit *)data;
  return visit->visitor(name, visit->context);
}

/// Calls `visitor` with the name of each link in a group, in ascending order.
static inline herr_t ft_h5_visit_names(hid_t group, ft_h5_name_visitor visitor, void *context) {
  struct ft_h5_visit visit = {visitor, context};
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, ft_h5_visit_link, &visit);
}

// A file that is in memory is read where it is: the functions that would copy it hand out the same
// bytes, and whoever made them keeps them until the file is closed.

static inline void *ft_h5_image_malloc(size_t size, H5FD_file_image_op_t operation, void *bytes) {
  (void)size;
  (void)operation;
  return bytes;
}

static inline void *ft_h5_image_memcpy(void *target, const void *source, size_t size,
                                       H5FD_file_image_op_t operation, void *bytes) {
  (void)size;
  (void)operation;
  return target == bytes && source == bytes ? target : NULL;
}

/// The file is read-only, so it never grows.
static inline void *ft_h5_image_realloc(void *old, size_t size, H5FD_file_image_op_t operation, void *bytes) {
  (void)old;
  (void)size;
  (void)operation;
  (void)bytes;
  return NULL;
}

static inline herr_t ft_h5_image_free(void *old, H5FD_file_image_op_t operation, void *bytes) {
  (void)old;
  (void)operation;
  (void)bytes;
  return 0;
}

static inline void *ft_h5_image_keep(void *bytes) { return bytes; }

static inline herr_t ft_h5_image_release(void *bytes) {
  (void)bytes;
  return 0;
}

/// Makes files that are opened with these properties be the bytes; negative on failure.
static inline herr_t ft_h5_set_image(hid_t access, void *bytes, size_t count) {
  H5FD_file_image_callbacks_t callbacks = {ft_h5_image_malloc, ft_h5_image_memcpy, ft_h5_image_realloc, ft_h5_image_free,
                                           ft_h5_image_keep,   ft_h5_image_release, bytes};
  herr_t status = H5Pset_file_image_callbacks(access, &callbacks);
  return status < 0 ? status : H5Pset_file_image(access, bytes, count);
}
