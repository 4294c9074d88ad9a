# cmake -DNM=<nm> -DWITH=<object> -DWITHOUT=<object> -P symbols.cmake
#
# Objects compiled with and without exceptions may be linked into one program because they share no symbol of the
# library: the mode is part of the inline namespace. Shared symbols would let the linker keep either body.
# Nor may a header hold a constant of internal linkage (constexpr without inline): each unit would have its own.

cmake_minimum_required(VERSION 3.25)

foreach(mode WITH WITHOUT)
  execute_process(COMMAND "${NM}" --defined-only "${${mode}}" OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "_Z[A-Za-z0-9_.$]*7lamella[A-Za-z0-9_.$]*" symbols_${mode} "${text}")
  list(LENGTH symbols_${mode} count)
  if(count EQUAL 0)
    message(FATAL_ERROR "${${mode}} defines no symbol of the library: nothing was checked")
  endif()
  string(REGEX MATCHALL "[rdb] _Z[A-Za-z0-9_.$]*7lamella[A-Za-z0-9_.$]*" internal "${text}")
  if(internal)
    list(JOIN internal "\n  " text)
    message(FATAL_ERROR "not inline:\n  ${text}")
  endif()
  message("${count} symbols of the library in ${${mode}}")
endforeach()
set(shared "")
foreach(symbol IN LISTS symbols_WITH)
  if(symbol IN_LIST symbols_WITHOUT)
    list(APPEND shared "${symbol}")
  endif()
endforeach()
if(shared)
  list(JOIN shared "\n  " text)
  message(FATAL_ERROR "both objects define:\n  ${text}")
endif()
