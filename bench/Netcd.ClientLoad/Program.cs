using Netcd.ClientLoad;

Dictionary<string, Func<string, IContender>> contenders = new()
{
    ["Netcd.Client"] = static endpoint => new NetcdContender(endpoint),
    ["stubs"] = static endpoint => new StubContender(endpoint),
    ["dotnet-etcd"] = static endpoint => new DotnetEtcdContender(endpoint),
};
switch (args)
{
    case ["run", string name, string workload, string endpoint]
        when contenders.TryGetValue(name, out Func<string, IContender>? create) && Workloads.All.ContainsKey(workload):
        IContender contender = create(endpoint);
        await using (contender)
        {
            Console.WriteLine(await Workloads.All[workload](contender));
        }

        return 0;
    case ["compare", string endpoint, .. string[] chosen] when chosen.All(Workloads.All.ContainsKey):
        return await Comparison.RunAsync([.. contenders.Keys], chosen.Length > 0 ? chosen : [.. Workloads.All.Keys], endpoint);
    default:
        Console.Error.WriteLine($"""
            netcd-client-load compare ENDPOINT [WORKLOAD...]   all clients, three rounds, as a table
            netcd-client-load run CLIENT WORKLOAD ENDPOINT     one: operations a second, microseconds of CPU and bytes an operation
            workloads: {string.Join(", ", Workloads.All.Keys)}
            clients:   {string.Join(", ", contenders.Keys)}
            An endpoint is a URL, such as http://127.0.0.1:2379.
            """);
        return 2;
}
