/* All kernels, over sixteen lanes; included once for each instruction set. What each computes, and
   the shapes, stand at Backend.java; the Java twins define the results. Sums that make one number
   are added in one order, whatever tile they fall into. */
#include "rows.h"
#include "products.h"
#include "pages.h"
