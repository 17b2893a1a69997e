// Complex functions of the C library, which Swift does not import.
#include "CComplex.h"
#include <complex.h>

void weft_complex(weft_complex_function f, double *re, double *im) {
  double complex z = __builtin_complex(*re, *im);
  switch (f) {
  case weft_csqrt: z = csqrt(z); break;
  case weft_cexp: z = cexp(z); break;
  case weft_clog: z = clog(z); break;
  case weft_ccos: z = ccos(z); break;
  case weft_csin: z = csin(z); break;
  case weft_ctan: z = ctan(z); break;
  case weft_ccosh: z = ccosh(z); break;
  case weft_csinh: z = csinh(z); break;
  case weft_ctanh: z = ctanh(z); break;
  case weft_cacos: z = cacos(z); break;
  case weft_casin: z = casin(z); break;
  case weft_catan: z = catan(z); break;
  case weft_cacosh: z = cacosh(z); break;
  case weft_casinh: z = casinh(z); break;
  case weft_catanh: z = catanh(z); break;
  }
  *re = creal(z);
  *im = cimag(z);
}
