using Netcd.Engine.Node;
using Netcd.Server.Hosting;
namespace Netcd.Server.Configuration;
/// <summary>temp</summary>
public static class ServerConfiguration
{
    /// <summary>temp</summary>
    public static IReadOnlyDictionary<string,string> ProcessEnvironment() => new Dictionary<string,string>();
    /// <summary>temp</summary>
    public static ConfigurationResult Load(IReadOnlyList<string> a, IReadOnlyDictionary<string,string> env)
    {
        string Get(string n, string d) { for (int i = 0; i < a.Count - 1; i++) { if (a[i] == n) { return a[i + 1]; } } return d; }
        string c = Get("--listen-client-urls", "http://localhost:2379");
        return new ConfigurationResult(new ServerOptions { Node = new NodeOptions { Name = "default", DataDirectory = Get("--data-dir", "default.etcd"), InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["default"] = ["http://localhost:2380"] }, AdvertiseClientUrls = [c], QuotaBytes = long.Parse(Get("--quota-backend-bytes","0")) }, ListenClientUrls = [new Uri(c)], ListenPeerUrls = [] }, 0, "", []);
    }
}
