// Complex functions of the C library, which Swift does not import. The argument is replaced by the result.
#pragma once
#pragma clang assume_nonnull begin
typedef enum { weft_csqrt, weft_cexp, weft_clog, weft_ccos, weft_csin, weft_ctan, weft_ccosh, weft_csinh, weft_ctanh, weft_cacos, weft_casin,
               weft_catan, weft_cacosh, weft_casinh, weft_catanh } weft_complex_function;
void weft_complex(weft_complex_function f, double *re, double *im);
#pragma clang assume_nonnull end
