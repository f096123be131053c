using Microsoft.AspNetCore.Builder;
using Netcd.Server.Services;
namespace Netcd.Server.Gateway;
internal static class GatewayEndpoints { public static void Map(WebApplication web, KvHandlers kv) { } }
