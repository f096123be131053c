using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Netcd.Client;
using Netcd.Client.Auth;
using Netcd.Client.Cluster;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Maintenance;
using Netcd.Client.Watching;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers <see cref="EtcdClient"/> as a singleton, and with it each of its capabilities (<see cref="IKeyValues"/>,
/// <see cref="IWatches"/>, <see cref="ILeases"/>, <see cref="ICoordination"/>, <see cref="ICluster"/>, <see cref="IMaintenance"/>,
/// <see cref="IAuth"/>), so that a service asks for no more than it uses. The client logs where the program does, unless its options say
/// where. It is disposed with the container, which has to be disposed asynchronously, as hosts do.
/// </summary>
public static class EtcdServiceCollectionExtensions
{
    /// <summary>Registers a client whose options stand in a section of the configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section: names are those of <see cref="EtcdClientOptions"/>. It is read when the client is first asked
    /// for; what is wrong in it is thrown then, as an <see cref="ArgumentException"/> that says what.</param>
    public static IServiceCollection AddEtcdClient(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddEtcdClient(_ => EtcdClientConfiguration.Read(section));
    }

    /// <summary>Registers a client of these endpoints.</summary>
    /// <param name="services">The services.</param>
    /// <param name="endpoints">The members, such as <c>http://127.0.0.1:2379</c>.</param>
    /// <exception cref="ArgumentException">There is no endpoint, or one is wrong; the message says which.</exception>
    public static IServiceCollection AddEtcdClient(this IServiceCollection services, params string[] endpoints) =>
        services.AddEtcdClient(new EtcdClientOptions { Endpoints = endpoints });

    /// <summary>Registers a client with these options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    public static IServiceCollection AddEtcdClient(this IServiceCollection services, EtcdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return services.AddEtcdClient(_ => options);
    }

    /// <summary>Registers a client whose options are made from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Makes the options; called once, when the client is first asked for.</param>
    public static IServiceCollection AddEtcdClient(this IServiceCollection services, Func<IServiceProvider, EtcdClientOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddSingleton(provider => Create(provider, options(provider)));
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Keys);
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Watches);
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Leases);
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Coordination);
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Cluster);
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Maintenance);
        services.TryAddSingleton(static provider => provider.GetRequiredService<EtcdClient>().Auth);
        return services;
    }

    /// <summary>Registers a client under a key, whose options stand in a section of the configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, for <c>[FromKeyedServices]</c>: one for each cluster.</param>
    /// <param name="section">The section, as with <see cref="AddEtcdClient(IServiceCollection, IConfiguration)"/>.</param>
    public static IServiceCollection AddKeyedEtcdClient(this IServiceCollection services, object key, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddKeyedEtcdClient(key, _ => EtcdClientConfiguration.Read(section));
    }

    /// <summary>Registers a client with these options under a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    public static IServiceCollection AddKeyedEtcdClient(this IServiceCollection services, object key, EtcdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return services.AddKeyedEtcdClient(key, _ => options);
    }

    /// <summary>Registers a client under a key, whose options are made from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="options">Makes the options; called once, when the client is first asked for.</param>
    public static IServiceCollection AddKeyedEtcdClient(
        this IServiceCollection services, object key, Func<IServiceProvider, EtcdClientOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(options);
        services.AddKeyedSingleton(key, (provider, _) => Create(provider, options(provider)));
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Keys);
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Watches);
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Leases);
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Coordination);
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Cluster);
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Maintenance);
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<EtcdClient>(own).Auth);
        return services;
    }

    private static EtcdClient Create(IServiceProvider provider, EtcdClientOptions options) =>
        new(options with { LoggerFactory = options.LoggerFactory ?? provider.GetService<ILoggerFactory>() });
}
