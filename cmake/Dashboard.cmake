# starling_dashboard(TARGET)
#
# Builds dashboard/ with npm and Vite whenever its sources or those of the clients it is made with change, and puts it into TARGET, which has
# starling::dashboard_assets() then. With STARLING_DASHBOARD=OFF there are none, and neither Node nor npm is needed.
function(starling_dashboard TARGET)
  if(NOT STARLING_DASHBOARD)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/no_dashboard.cpp CONTENT [=[
#include "apps/starling/dashboard.hpp"

std::span<const starling::routes::Asset> starling::dashboard_assets() noexcept { return {}; }
]=])
    target_sources(${TARGET} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/no_dashboard.cpp)
    return()
  endif()
  find_program(STARLING_NPM npm)
  if(NOT STARLING_NPM)
    message(FATAL_ERROR "the dashboard is built with npm (apt-get install nodejs npm); -DSTARLING_DASHBOARD=OFF builds without it")
  endif()
  set(folder ${CMAKE_SOURCE_DIR}/dashboard)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/src/* ${folder}/scripts/* ${CMAKE_SOURCE_DIR}/clients/client/src/* ${CMAKE_SOURCE_DIR}/clients/svelte/src/*)
  list(FILTER sources EXCLUDE REGEX "\\.test\\.ts$")
  list(APPEND sources ${folder}/index.html ${folder}/package.json ${folder}/package-lock.json ${folder}/vite.config.ts ${folder}/svelte.config.js ${folder}/tsconfig.json ${folder}/embed.mjs
    ${CMAKE_SOURCE_DIR}/scripts/build-dashboard.sh ${CMAKE_SOURCE_DIR}/clients/tsconfig.base.json ${CMAKE_SOURCE_DIR}/clients/client/tsconfig.json ${CMAKE_SOURCE_DIR}/clients/svelte/tsconfig.json)
  set(built ${CMAKE_CURRENT_BINARY_DIR}/dashboard)
  add_custom_command(
    OUTPUT ${built}/assets.cpp
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/build-dashboard.sh ${built}
    DEPENDS ${sources}
    COMMENT "Building the dashboard"
    VERBATIM)
  target_sources(${TARGET} PRIVATE ${built}/assets.cpp)
endfunction()
